/** One frame of the camera, small enough for a message. */

const LONGEST = 1024; // px
const QUALITY = 0.8; // of JPEG

/** A data URL. The camera is on for as long as it takes; raises what getUserMedia raises. */
export async function frame() {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: LONGEST, facingMode: "environment" } });
  try {
    const video = document.createElement("video");
    video.muted = true;
    video.playsInline = true;
    video.srcObject = stream;
    await video.play();
    const scale = Math.min(1, LONGEST / Math.max(video.videoWidth, video.videoHeight));
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth * scale;
    canvas.height = video.videoHeight * scale;
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/jpeg", QUALITY);
  } finally {
    stream.getTracks().forEach((track) => track.stop());
  }
}
