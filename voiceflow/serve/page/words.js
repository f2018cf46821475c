/** A phrase as words on the page, each with the sample of its turn at which it has been heard. Does no I/O. */

const PACE = 15; // characters a second, where it is not known when a phrase ends

/**
 * [{text, heardAt}] of a phrase {text, begin, end, words}. Where as many words are told as the text has, they say when
 * each has been heard; else their lengths share the phrase's time.
 */
export function words({ text, begin, end, words: told = [] }, rate) {
  const pieces = text.match(/\S+/g) ?? [];
  if (told.length === pieces.length) return pieces.map((piece, n) => ({ text: piece, heardAt: told[n].end }));
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const until = end ?? begin + (length / PACE) * rate;
  let passed = 0;
  return pieces.map((piece) => {
    passed += piece.length;
    return { text: piece, heardAt: begin + ((until - begin) * passed) / length };
  });
}

/** How many of the words have begun to sound. */
export function heard(words, position, begin) {
  if (position <= begin) return 0;
  const sounding = words.findIndex(({ heardAt }) => position < heardAt);
  return sounding < 0 ? words.length : sounding + 1;
}
