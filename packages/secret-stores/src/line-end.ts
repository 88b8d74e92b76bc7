/**
 * How a value lies in a file or in a key of a Kubernetes Secret: editors and `kubectl create secret --from-file` end a text
 * with a newline, so one newline at the end (LF or CRLF) is not part of the value, and everything else is.
 */
export function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '')
}

/** The reverse: a value that ends with a newline needs one more, or it would be read without. */
export function withLineEnd(value: string): string {
  return value.endsWith('\n') ? `${value}\n` : value
}
