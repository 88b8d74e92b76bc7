export function signIn(user: { name: string; password: string }) {
  const { password: typed } = user
  console.log('sign in', typed)
}
