import { SecretError } from '@rekey/secret'
import { MongoClient } from 'mongodb'
import { expect, it } from 'vitest'
import { mongoDbLogin } from '../index.ts'

const password = 'p'.repeat(32)
const login = `shop:${password}`

it.each([
  ['no connection string', 'mongo', 'no connection string of MongoDB'],
  ['another protocol', `https://${login}@mongo/`, 'no connection string of MongoDB'],
  ['no password', `mongodb://shop@mongo/?tls=true`, 'no connection string of MongoDB'],
  ['an @ in the password', `mongodb://shop:a@${password}@mongo/`, 'no connection string'],
  ['no user', `mongodb://:${password}@mongo/?tls=true`, 'it names no user'],
  ['a short password', 'mongodb://shop:short@mongo/?tls=true', 'is shorter than 32 characters'],
  ['a broken escape', `mongodb://${login}%zz@mongo/?tls=true`, 'a % that begins no character'],
  ['clear text over the network', `mongodb://${login}@mongo/`, 'write tls=true'],
  ['clear text to one host of two', `mongodb://${login}@127.0.0.1,mongo/`, 'write tls=true'],
  ['two opinions of TLS', `mongodb://${login}@mongo/?tls=true&ssl=false`, 'write tls=true'],
  ['TLS twice', `mongodb://${login}@mongo/?tls=true&TLS=false`, 'it has an option twice'],
  ['no TLS by DNS', `mongodb+srv://${login}@mongo/?authSource=a&tls=false`, 'write tls=true'],
  ['any certificate', `mongodb://${login}@mongo/?tls=true&tlsInsecure=true`, 'tlsInsecure'],
  ['an older mechanism', `mongodb://${login}@[::1]/?authMechanism=SCRAM-SHA-1`, 'SCRAM-SHA-256'],
  ['users of another system', `mongodb://${login}@[::1]/?authSource=$external`, 'no passwords'],
  ['an empty option', `mongodb://${login}@[::1]/?authSource=`, 'an option without a value'],
  ['no host', `mongodb://${login}@[::1],,b/?tls=true`, 'its hosts are no'],
  ['two names for DNS', `mongodb+srv://${login}@a,b/?authSource=a`, 'its hosts are no'],
  ['a port for DNS', `mongodb+srv://${login}@a:1/?authSource=a`, 'its hosts are no'],
  ['a database by DNS', `mongodb+srv://${login}@mongo/shop`, 'write authSource='],
])('a login with %s is malformed, and its text is not shown', (_, text, why) => {
  const parse = () => mongoDbLogin().parse(text)
  expect(parse).toThrow(SecretError)
  expect(parse).toThrow(why)
  expect(parse).not.toThrow(password)
})

it.each([
  [`mongodb://sh%40p:dev-${password}@a:27017,b:27017/shop?tls=true&replicaSet=r`, 'sh@p', 'shop'],
  [`mongodb://shop:dev-${password}%2F@127.0.0.1:27017`, 'shop', 'admin'],
  [`mongodb://shop:dev-${password}@[::1]:27017/shop?AUTHSOURCE=users`, 'shop', 'users'],
  [`mongodb://shop:dev-${password}@localhost/?appName=a%20b`, 'shop', 'admin'],
])('a login is read as the driver reads it: %#', (text, user, source) => {
  expect(mongoDbLogin().parse(text)).toMatchObject({ id: user, value: text, nonProduction: true })
  const { credentials } = new MongoClient(text).options
  expect(credentials).toMatchObject({ username: user, source })
  expect(mongoDbLogin().parse(text).sensitive).toContain(credentials?.password)
})
