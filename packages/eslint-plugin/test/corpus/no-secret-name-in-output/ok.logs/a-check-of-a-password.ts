export function check(password: string) {
  if (password.length < 8) console.warn('the password is too short:', password.length)
}
