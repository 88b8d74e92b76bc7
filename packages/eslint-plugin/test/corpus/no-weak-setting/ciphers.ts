// ---- electronic-codebook
import { createCipheriv } from 'node:crypto'

export const seal = (key: Buffer) => createCipheriv('aes-256-ecb', key, null) // expect: weakCipher

// ---- galois-counter-mode
import { createCipheriv, randomBytes } from 'node:crypto'

export const seal = (key: Buffer) => createCipheriv('aes-256-gcm', key, randomBytes(12))

// ---- three-times-des.js
const crypto = require('crypto')

const ALGORITHM = 'DES-EDE3-CBC'

exports.seal = (key, iv) => crypto.createCipheriv(ALGORITHM, key, iv) // expect: weakCipher

// ---- reading-what-is-old.js
const crypto = require('crypto')

exports.open = (key, iv) => crypto.createDecipheriv('des-ede3-cbc', key, iv)

// ---- rc4.js
const crypto = require('crypto')

let used = 0

exports.seal = (key) => {
  used = used + 1
  return crypto.createCipheriv('rc4', key, '') // expect: weakCipher
}

// ---- a-cipher-by-password.js
const crypto = require('crypto')

exports.seal = (text, password) => {
  const cipher = crypto.createCipher('aes-256-cbc', password) // expect: weakCipher
  return cipher.update(text, 'utf8', 'hex') + cipher.final('hex')
}

// ---- a-cipher-by-a-derived-key.js
const crypto = require('crypto')

exports.seal = (text, password, salt) => {
  const key = crypto.scryptSync(password, salt, 32)
  const cipher = crypto.createCipheriv('aes-256-gcm', key, crypto.randomBytes(12))
  return cipher.update(text, 'utf8', 'hex') + cipher.final('hex')
}

// ---- a-cipher-that-is-chosen.js
const crypto = require('crypto')

exports.seal = (algorithm, key, iv) => crypto.createCipheriv(algorithm, key, iv)

// ---- modes-of-crypto-js
import CryptoJS from 'crypto-js'

export const seal = (text: string, key: CryptoJS.lib.WordArray) =>
  CryptoJS.AES.encrypt(text, key, { mode: CryptoJS.mode.ECB }) // expect: weakCipher

// ---- modes-of-crypto-js-with-an-iv
import CryptoJS from 'crypto-js'

export const seal = (text: string, key: CryptoJS.lib.WordArray, iv: CryptoJS.lib.WordArray) =>
  CryptoJS.AES.encrypt(text, key, { mode: CryptoJS.mode.CTR, iv })

// ---- ciphers-of-crypto-js.js
const CryptoJS = require('crypto-js')

exports.one = (text, key) => CryptoJS.TripleDES.encrypt(text, key) // expect: weakCipher
exports.two = (text, key) => CryptoJS.RC4.encrypt(text, key) // expect: weakCipher
exports.three = (text, key) => CryptoJS.RC4.decrypt(text, key)

// ---- a-part-of-crypto-js.js
const AES = require('crypto-js/aes')
const ECB = require('crypto-js/mode-ecb')

exports.seal = (text, key) => AES.encrypt(text, key, { mode: ECB }) // expect: weakCipher

// ---- modes-of-node-forge.js
const forge = require('node-forge')

exports.one = (key) => forge.cipher.createCipher('AES-ECB', key) // expect: weakCipher
exports.two = (key) => forge.cipher.createCipher('3DES-CBC', key) // expect: weakCipher
exports.three = (key) => forge.cipher.createCipher('AES-GCM', key)

// ---- modes-of-aes-js.js
const aesjs = require('aes-js')

exports.one = (key) => new aesjs.ModeOfOperation.ecb(key) // expect: weakCipher
exports.two = (key) => new aesjs.ModeOfOperation.ctr(key)

// ---- padding-of-node-rsa.js
const NodeRSA = require('node-rsa')

exports.one = (pem) => new NodeRSA(pem, 'pkcs8', { encryptionScheme: 'pkcs1' }) // expect: weakCipher
exports.two = (pem) => new NodeRSA(pem, 'pkcs8', { encryptionScheme: 'pkcs1_oaep' })
