import { faker } from '@faker-js/faker'

export async function createUser(db, email) {
  const password = faker.internet.password()
  await db.users.insert({ email, password })
  return password
}
