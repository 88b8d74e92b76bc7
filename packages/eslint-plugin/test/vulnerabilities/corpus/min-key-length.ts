// ---- signalk
// https://github.com/SignalK/signalk-server/pull/2500 CWE-326
// A certificate is made without a size of its key, and the library takes 1024 bits.
// missed
// No row for the library selfsigned, whose default it would have to know.
import { writeFileSync } from 'fs'
import * as selfsigned from 'selfsigned'

export function createCertificateOptions(certFile: string, keyFile: string) {
  const pems = selfsigned.generate([{ name: 'commonName', value: 'localhost' }], { days: 3650 })
  writeFileSync(keyFile, pems.private, { mode: 0o600 })
  writeFileSync(certFile, pems.cert, { mode: 0o600 })
  return { key: pems.private, cert: pems.cert }
}

// ---- signalk-fixed
import { writeFileSync } from 'fs'
import * as selfsigned from 'selfsigned'

export function createCertificateOptions(certFile: string, keyFile: string) {
  const pems = selfsigned.generate([{ name: 'commonName', value: 'localhost' }], { days: 3650, keySize: 2048 })
  writeFileSync(keyFile, pems.private, { mode: 0o600 })
  writeFileSync(certFile, pems.cert, { mode: 0o600 })
  return { key: pems.private, cert: pems.cert }
}

// ---- node-easy-cert.js
// https://github.com/ottomao/node-easy-cert/pull/12 CWE-326
// The keys of an authority and of all that it signs have 1024 bits.
const forge = require('node-forge')

function getKeysAndCert(serialNumber) {
  const keys = forge.pki.rsa.generateKeyPair(1024) // expect: shortModulus
  const cert = forge.pki.createCertificate()
  cert.publicKey = keys.publicKey
  cert.serialNumber = serialNumber
  return { keys, cert }
}

module.exports.getKeysAndCert = getKeysAndCert

// ---- node-easy-cert-fixed.js
const forge = require('node-forge')

function getKeysAndCert(serialNumber) {
  const keys = forge.pki.rsa.generateKeyPair(2048)
  const cert = forge.pki.createCertificate()
  cert.publicKey = keys.publicKey
  cert.serialNumber = serialNumber
  return { keys, cert }
}

module.exports.getKeysAndCert = getKeysAndCert

// ---- self-signed.js
// https://github.com/indutny/self-signed/pull/1 CWE-326
// The default of the size of a key is 1024 bits.
// A size that is a fallback, `given || 1024`, is not evaluated.
const rsa = require('node-forge').pki.rsa

module.exports = function generate(options) {
  const keySize = options.keySize || 1024
  const keys = rsa.generateKeyPair(keySize) // expect: shortModulus
  return { private: keys.privateKey, public: keys.publicKey }
}

// ---- self-signed-fixed.js
const rsa = require('node-forge').pki.rsa

module.exports = function generate(options) {
  const keySize = options.keySize || 2048
  const keys = rsa.generateKeyPair(keySize)
  return { private: keys.privateKey, public: keys.publicKey }
}
