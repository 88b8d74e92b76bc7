export function check(password: string) {
  if (password.length < 12) throw new RangeError(`${password.length} characters are too few`)
}
