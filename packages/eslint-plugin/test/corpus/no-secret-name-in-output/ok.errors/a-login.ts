import bcrypt from 'bcrypt'
declare const users: { find(email: string): Promise<{ id: number; password: string } | undefined> }
export async function login(email: string, password: string) {
  const user = await users.find(email)
  if (user === undefined || !(await bcrypt.compare(password, user.password))) {
    throw new Error(`no user ${email} with that password`)
  }
  return user.id
}
