declare function login(user: string, password: string): Promise<void>
export async function open(user: string, password: string) {
  try {
    await login(user, password)
  } catch (cause) {
    throw new Error(`login of ${user} failed`, { cause })
  }
}
