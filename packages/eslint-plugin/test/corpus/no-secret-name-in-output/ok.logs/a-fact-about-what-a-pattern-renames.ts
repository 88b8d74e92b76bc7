export function signIn(user: { name: string; password: string; passwordHash: string }) {
  const { password: typed, passwordHash: kept } = user
  console.log('sign in', typed.length, kept)
}
