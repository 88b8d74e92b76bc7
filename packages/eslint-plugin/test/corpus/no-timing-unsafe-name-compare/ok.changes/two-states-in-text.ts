export function hasChanged(prevAuth: { token: string }, nextAuth: { token: string }): boolean {
  return JSON.stringify(prevAuth) !== JSON.stringify(nextAuth)
}
