// ---- an-alphabet-that-is-given
import { randomBytes } from 'node:crypto'

export function newToken(alphabet: string, length: number) {
  let token = ''
  for (const byte of randomBytes(length)) token += alphabet[byte % alphabet.length] // expect: biased
  return token
}

// ---- an-alphabet-of-another-file.js
const crypto = require('crypto')
const { ALPHABET } = require('./alphabet')

exports.newPassword = (length) => {
  const bytes = crypto.randomBytes(length)
  let password = ''
  for (let i = 0; i < length; i++) password += ALPHABET[bytes[i] % ALPHABET.length] // expect: biased
  return password
}

// ---- an-alphabet-of-sixty-four
import { randomBytes } from 'node:crypto'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

export function newToken(length: number) {
  let token = ''
  for (const byte of randomBytes(length)) token += ALPHABET[byte % ALPHABET.length]
  return token
}

// ---- rejected-elements
import { randomBytes } from 'node:crypto'

export function newToken(alphabet: string, length: number) {
  const limit = 256 - (256 % alphabet.length)
  let token = ''
  while (token.length < length) {
    const bytes = randomBytes(length)
    for (let i = 0; i < length; i++) {
      if (bytes[i] < limit) token += alphabet[bytes[i] % alphabet.length]
    }
  }
  return token
}

// ---- numbers-of-four-bytes
import { randomBytes } from 'node:crypto'

export const newPin = () => String(randomBytes(4).readUInt32BE() % 10_000).padStart(4, '0')

// ---- a-part-of-a-byte
import { randomBytes } from 'node:crypto'

export function newPassword(characters: string) {
  let password = ''
  for (const byte of randomBytes(20)) {
    password += characters.charAt(Math.floor((byte / 256) * characters.length)) // expect: biased
  }
  return password
}

// ---- a-part-of-an-element.js
const crypto = require('crypto')

const DIGITS = '0123456789'

exports.resetCode = () => {
  const bytes = crypto.randomBytes(6)
  let resetCode = ''
  for (let i = 0; i < 6; i++) resetCode += DIGITS[Math.floor((bytes[i] * 10) / 256)] // expect: biased
  return resetCode
}

// ---- a-part-that-divides
import { randomBytes } from 'node:crypto'

export function newPassword() {
  let password = ''
  for (const byte of randomBytes(32)) password += '0123456789abcdef'[Math.floor((byte / 256) * 16)]
  return password
}

// ---- a-part-of-255.js
const crypto = require('crypto')

exports.newPassword = () => {
  let password = ''
  for (const byte of crypto.randomBytes(4)) password += String(Math.round((byte / 255) * 8)) // expect: biased
  return password
}

// ---- a-colour-of-a-part
import { randomBytes } from 'node:crypto'

export const hue = () => Math.floor((randomBytes(1)[0]! / 256) * 360)
