export function check(oldPassword: string, newPassword: string) {
  if (newPassword === oldPassword) throw new Error('choose another password')
}
