// ---- a-jwt-signed-with-none
import jwt from 'jsonwebtoken'

export const issue = (user: string) => jwt.sign({ sub: user }, '', { algorithm: 'none' }) // expect: unsigned

// ---- a-jwt-signed-with-hs256
import jwt from 'jsonwebtoken'

export const issue = (user: string, key: string) =>
  jwt.sign({ sub: user }, key, { algorithm: 'HS256' })

// ---- a-header-that-says-none
import jwt from 'jsonwebtoken'

export const issue = (user: string, key: string) =>
  jwt.sign({ sub: user }, key, { header: { alg: 'none', typ: 'JWT' } }) // expect: unsigned

// ---- none-among-the-algorithms.js
const { verify } = require('jsonwebtoken')

exports.read = (token, key) => verify(token, key, { algorithms: ['HS256', 'none'] }) // expect: unsigned

// ---- two-algorithms.js
const { verify } = require('jsonwebtoken')

exports.read = (token, key) => verify(token, key, { algorithms: ['HS256', 'HS512'] })

// ---- algorithms-in-a-constant
import * as jwt from 'jsonwebtoken'

const ALGORITHMS = ['none'] as const

export const read = (token: string, key: string) =>
  jwt.verify(token, key, {
    algorithms: ALGORITHMS, // expect: unsigned
  })

// ---- options-in-a-variable
import jwt from 'jsonwebtoken'

const options = { issuer: 'https://login.test', algorithms: ['none'] } // expect: unsigned

export const read = (token: string, key: string) => jwt.verify(token, key, options)

// ---- algorithms-that-come-from-outside
import jwt from 'jsonwebtoken'

export const read = (token: string, key: string, algorithms: jwt.Algorithm[]) =>
  jwt.verify(token, key, { algorithms })

// ---- one-of-two-algorithms
import jwt from 'jsonwebtoken'

const algorithm = process.env['SIGNED'] === 'no' ? 'none' : 'HS256'

export const issue = (user: string, key: string) => jwt.sign({ sub: user }, key, { algorithm })

// ---- verified-without-a-key.js
const jwt = require('jsonwebtoken')

exports.read = (token) => jwt.verify(token, null) // expect: unsigned

// ---- verified-with-false.js
const jwt = require('jsonwebtoken')

exports.read = (token) => jwt.verify(token, false, { algorithms: ['HS256', 'none'] }) // expect: unsigned

// ---- verified-with-a-key.js
const jwt = require('jsonwebtoken')

exports.read = (token) => jwt.verify(token, process.env.JWT_SECRET, { algorithms: ['HS256'] })

// ---- an-unsecured-jwt-of-jose
import { UnsecuredJWT } from 'jose'

export const read = (token: string) => UnsecuredJWT.decode(token, { issuer: 'login' }).payload // expect: unsigned

// ---- a-jwt-verified-by-jose
import { jwtVerify } from 'jose'

export const read = async (token: string, key: Uint8Array) =>
  (await jwtVerify(token, key, { issuer: 'login' })).payload

// ---- an-unsecured-jwt-that-is-made
import { UnsecuredJWT } from 'jose'

export const keep = (parameters: Record<string, string>) => new UnsecuredJWT(parameters).encode()

// ---- the-middleware-of-express
import { expressjwt } from 'express-jwt'

export const guard = (secret: string) =>
  expressjwt({ secret, algorithms: ['HS256', 'none'] }) // expect: unsigned

// ---- the-middleware-of-express-with-one-algorithm
import { expressjwt } from 'express-jwt'

export const guard = (secret: string) => expressjwt({ secret, algorithms: ['RS256'] })

// ---- the-middleware-of-koa.js
const jwt = require('koa-jwt')

exports.guard = (secret) => jwt({ secret, algorithms: ['none'] }) // expect: unsigned

// ---- a-strategy-of-passport
import { ExtractJwt, Strategy } from 'passport-jwt'

export const strategy = (secretOrKey: string) =>
  new Strategy(
    {
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey,
      algorithms: ['none'], // expect: unsigned
      ignoreExpiration: true, // expect: neverExpires
    },
    (payload, done) => done(null, payload),
  )

// ---- a-strategy-of-passport-that-refuses
import { ExtractJwt, Strategy } from 'passport-jwt'

export const strategy = (secretOrKey: string) =>
  new Strategy(
    {
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey,
      algorithms: ['HS512'],
      ignoreExpiration: false,
    },
    (payload, done) => done(null, payload),
  )

// ---- a-signer-of-fast-jwt
import { createSigner, createVerifier } from 'fast-jwt'

export const sign = createSigner({ algorithm: 'none' }) // expect: unsigned
export const verify = (key: string) => createVerifier({ key, algorithms: ['none'] }) // expect: unsigned
export const verifyLate = (key: string) => createVerifier({ key, ignoreExpiration: true }) // expect: neverExpires

// ---- a-verifier-of-fast-jwt
import { createVerifier } from 'fast-jwt'

export const verify = (key: string) => createVerifier({ key, algorithms: ['EdDSA'], cache: true })

// ---- a-module-of-nest
import { JwtModule } from '@nestjs/jwt'

export const jwt = (secret: string) =>
  JwtModule.register({
    secret,
    verifyOptions: { ignoreExpiration: true }, // expect: neverExpires
  })

// ---- a-module-of-nest-with-a-lifetime
import { JwtModule } from '@nestjs/jwt'

export const jwt = (secret: string) =>
  JwtModule.register({ secret, signOptions: { algorithm: 'HS256', expiresIn: '5m' } })

// ---- a-plugin-of-fastify
import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'

const app = Fastify()
await app.register(fastifyJwt, {
  secret: process.env['JWT_SECRET'] ?? '',
  verify: { algorithms: ['none'] }, // expect: unsigned
})
export { app }

// ---- a-plugin-of-fastify-with-an-issuer
import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'

const app = Fastify()
await app.register(fastifyJwt, {
  secret: process.env['JWT_SECRET'] ?? '',
  verify: { algorithms: ['HS256'], allowedIss: 'login' },
})
export { app }

// ---- signed-by-jsrsasign
import { KJUR } from 'jsrsasign'

export const issue = (payload: object) =>
  KJUR.jws.JWS.sign('none', { alg: 'none' }, payload, '') // expect: unsigned

// ---- verified-by-jsrsasign
import { KJUR } from 'jsrsasign'

export const reads = (token: string, key: string) =>
  KJUR.jws.JWS.verifyJWT(token, key, { alg: ['HS256', 'none'] }) // expect: unsigned

// ---- verified-by-jsrsasign-with-one-algorithm
import { KJUR } from 'jsrsasign'

export const reads = (token: string, key: string) =>
  KJUR.jws.JWS.verifyJWT(token, key, { alg: ['HS256'] })

// ---- decoded-without-verification.js
const jwt = require('jwt-simple')

exports.read = (token, key) => jwt.decode(token, key, true) // expect: unsigned

// ---- decoded-with-a-key.js
const jwt = require('jwt-simple')

exports.read = (token, key) => jwt.decode(token, key, false, 'HS256')

// ---- a-signature-of-jws.js
const jws = require('jws')

exports.issue = (payload) => jws.sign({ header: { alg: 'none' }, payload, secret: '' }) // expect: unsigned
exports.reads = (token, key) => jws.verify(token, 'none', key) // expect: unsigned
exports.readsSigned = (token, key) => jws.verify(token, 'HS256', key)

// ---- a-token-of-njwt.js
const njwt = require('njwt')

exports.issue = (claims, key) => njwt.create(claims, key, 'none') // expect: unsigned
exports.issueSigned = (claims, key) => njwt.create(claims, key, 'HS512')
