/**
 * Makes what a remote machine said harmless on a terminal: control characters (an escape could move
 * the cursor or retitle the window) are shown as `\x1b`; line breaks and tabs stay.
 */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (c) => {
    return `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}
