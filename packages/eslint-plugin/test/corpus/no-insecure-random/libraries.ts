// ---- a-mersenne-twister.js
const MersenneTwister = require('mersenne-twister')

const twister = new MersenneTwister()
exports.accessToken = twister.random_int().toString(16) // expect: guessable

// ---- an-object-id.js
const { ObjectId } = require('mongodb')

exports.invite = (email) => ({ email, inviteToken: new ObjectId().toHexString() }) // expect: guessable

// ---- chance
import Chance from 'chance'

const chance = new Chance()

export const apiKey = chance.string({ length: 32 }) // expect: guessable

// ---- cuid
import cuid from 'cuid'

export const issue = (user: string) => ({ user, token: cuid() }) // expect: guessable

// ---- faker-outside-tests.js
import { faker } from '@faker-js/faker'

export async function createUser(db, email) {
  const password = faker.internet.password() // expect: guessable
  await db.users.insert({ email, password })
  return password
}

// ---- lodash-random
import _ from 'lodash'

export const verificationCode = () => _.random(100000, 999999).toString() // expect: guessable

// ---- lodash-sample-size
import { sampleSize } from 'lodash'

const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'.split('')

export const makeRecoveryCode = () => sampleSize(ALPHABET, 10).join('') // expect: guessable

// ---- lodash-times.js
const _ = require('lodash')

const password = _.times(20, () => _.random(35).toString(36)).join('') // expect: guessable
module.exports = password

// ---- nanoid-non-secure-with-an-alphabet
import { customAlphabet } from 'nanoid/non-secure'

const nano = customAlphabet('0123456789', 6)

export const newPin = () => ({ pinCode: nano() }) // expect: guessable

// ---- nanoid-non-secure
import { nanoid } from 'nanoid/non-secure'

export const sessionToken = nanoid(32) // expect: guessable

// ---- random-string.js
import randomString from 'random-string'

export const secret = randomString({ length: 40 }) // expect: guessable

// ---- seedrandom
import seedrandom from 'seedrandom'

const random = seedrandom('rekey')

export const signingKey = Buffer.from(Array.from({ length: 32 }, () => random() * 256)) // expect: guessable

// ---- uuid-version-1
import { v1 as uuidv1 } from 'uuid'

export function createRefreshToken(user: string) {
  return { user, refreshToken: uuidv1() } // expect: guessable
}

// ---- uuid-version-5.js
const uuid = require('uuid')

exports.tokenFor = (email) => {
  const resetToken = uuid.v5(email, uuid.v5.URL) // expect: guessable
  return resetToken
}
