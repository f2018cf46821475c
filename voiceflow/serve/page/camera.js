/** The camera: off until it is asked for, seen by the user for as long as it is on, and frames small enough to send. */

const LONGEST = 1024; // px
const QUALITY = 0.8; // of JPEG

export class Camera {
  /** `video` shows what the camera sees. */
  constructor(video) {
    this.video = video;
  }

  get on() {
    return this.stream !== undefined;
  }

  /** Raises what getUserMedia raises. */
  async start() {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: LONGEST, facingMode: "environment" } });
    this.stop(); // another one that was asked for meanwhile
    this.stream = stream;
    this.video.srcObject = stream;
    await this.video.play();
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = undefined;
    this.video.srcObject = null;
  }

  /** What it sees now, as the data URL of a JPEG. */
  frame() {
    const { videoWidth, videoHeight } = this.video;
    const scale = Math.min(1, LONGEST / Math.max(videoWidth, videoHeight));
    const canvas = document.createElement("canvas");
    canvas.width = videoWidth * scale;
    canvas.height = videoHeight * scale;
    canvas.getContext("2d").drawImage(this.video, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/jpeg", QUALITY);
  }
}
