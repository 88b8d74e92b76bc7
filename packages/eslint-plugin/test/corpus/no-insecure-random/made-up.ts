// ---- a-fake-key
export const createFakeApiKey = () => `rk_${Math.random().toString(36).slice(2)}`

// ---- a-mock-of-a-client.js
export const mockLogin = () => ({ token: Math.random().toString(36), user: 'mock' })

// ---- a-seed-script.js
import { faker } from '@faker-js/faker'

export function seedUsers(count) {
  return Array.from({ length: count }, () => ({
    email: faker.internet.email(),
    password: faker.internet.password(),
  }))
}

// ---- an-object-id-of-a-document.js
import { ObjectId } from 'mongodb'

export const newDocument = (title) => ({ _id: new ObjectId(), title, createdAt: new Date() })

// ---- an-object-id-of-a-request
import { ObjectId } from 'mongodb'

export const remove = (body: { credential: string }, remove: (credential: ObjectId) => void) => {
  const credential = new ObjectId(body.credential)
  remove(credential)
}
