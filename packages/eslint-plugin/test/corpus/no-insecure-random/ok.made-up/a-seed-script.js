import { faker } from '@faker-js/faker'

export function seedUsers(count) {
  return Array.from({ length: count }, () => ({
    email: faker.internet.email(),
    password: faker.internet.password(),
  }))
}
