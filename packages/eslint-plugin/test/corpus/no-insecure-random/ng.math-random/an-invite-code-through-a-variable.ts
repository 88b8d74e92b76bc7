export function invite(email: string) {
  const random = Math.random()
  const inviteCode = random.toString(36).toUpperCase().slice(2, 10)
  return { email, inviteCode }
}
