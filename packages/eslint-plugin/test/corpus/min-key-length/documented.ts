// ---- a-size-of-an-object.js
const { generateKeyPairSync } = require('crypto')

const options = { publicExponent: 0x10001 }
options.modulusLength = 1024
module.exports = generateKeyPairSync('rsa', options) // expect: shortModulus

// ---- rsa-pss
import { generateKeyPair } from 'node:crypto'

generateKeyPair('rsa-pss', { modulusLength: 1536 }, () => undefined) // expect: shortModulus

// ---- dsa-of-1024
import { generateKeyPairSync } from 'node:crypto'

export const pair = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }) // expect: shortModulus

// ---- a-weak-curve-by-object.js
const crypto = require('crypto')

const curves = { small: 'secp112r1' }
module.exports = crypto.generateKeyPairSync('ec', { namedCurve: curves.small }) // expect: smallCurve

// ---- promisified
import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'

export const make = () => promisify(generateKeyPair)('rsa', { modulusLength: 1024 }) // expect: shortModulus

// ---- the-size-of-a-command-line.js
const { generateKeyPairSync } = require('crypto')

module.exports = (bits = 1024) => generateKeyPairSync('rsa', { modulusLength: bits }) // expect: shortModulus

// ---- a-group-of-old.js
const crypto = require('crypto')

module.exports = crypto.getDiffieHellman('modp2') // expect: shortModulus

// ---- a-group-by-number.js
const { createDiffieHellman } = require('crypto')

module.exports = createDiffieHellman(512) // expect: shortModulus

// ---- web-crypto-in-a-worker.js
self.onmessage = async () => {
  const pair = await self.crypto.subtle.generateKey( // expect: shortModulus
    { name: 'RSASSA-PKCS1-v1_5', modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
    true,
    ['sign'],
  )
  self.postMessage(pair)
}

// ---- web-crypto-of-node
import { webcrypto } from 'node:crypto'

export const pair = await webcrypto.subtle.generateKey( // expect: shortModulus
  { name: 'RSA-OAEP', modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
  true,
  ['encrypt', 'decrypt'],
)

// ---- forge-with-a-callback.js
const forge = require('node-forge')

forge.pki.rsa.generateKeyPair({ bits: 1024, workers: 2 }, (error, pair) => use(error ?? pair)) // expect: shortModulus

// ---- forge-by-steps.js
const { rsa } = require('node-forge').pki

module.exports = rsa.createKeyPairGenerationState(1024, 0x10001) // expect: shortModulus

// ---- node-jose.js
const jose = require('node-jose')

module.exports = jose.JWK.createKey('RSA', 1024, { alg: 'RS256' }) // expect: shortModulus

// ---- pem.js
const pem = require('pem')

pem.createPrivateKey(1024, (error, { key }) => use(error ?? key)) // expect: shortModulus

// ---- a-certificate-of-pem.js
const pem = require('pem')

pem.createCertificate({ days: 30, selfSigned: true, keyBitsize: 1024 }, done) // expect: shortModulus

// ---- openpgp
import * as openpgp from 'openpgp'

export const pair = await openpgp.generateKey({ type: 'rsa', rsaBits: 1024, userIDs: [{ name: 'ops' }] }) // expect: shortModulus

// ---- ursa.js
const ursa = require('ursa')

module.exports = ursa.generatePrivateKey(1024, 65537) // expect: shortModulus

// ---- keypair.js
const keypair = require('keypair')

module.exports = keypair({ bits: 1024 }) // expect: shortModulus

// ---- node-rsa-later.js
const NodeRSA = require('node-rsa')

const key = new NodeRSA()
key.generateKeyPair(1024, 65537) // expect: shortModulus
module.exports = key

// ---- jsrsasign-of-an-object.js
const { KEYUTIL } = require('jsrsasign')

module.exports = KEYUTIL.generateKeypair('RSA', 1024) // expect: shortModulus

// ---- ssh-keygen.js
// missed
const keygen = require('ssh-keygen')

keygen({ location: 'deploy', type: 'rsa', size: '1024' }, done)

// ---- ssh2-keys.js
const { utils } = require('ssh2')

module.exports = utils.generateKeyPairSync('rsa', { bits: 1024 }) // expect: shortModulus

// ---- acme
import * as acme from 'acme-client'

export const key = await acme.crypto.createPrivateRsaKey(1024) // expect: shortModulus

// ---- cryptico.js
const cryptico = require('cryptico')

module.exports = cryptico.generateRSAKey(load(), 1024) // expect: shortModulus

// ---- openssl.js
// missed
const { execSync } = require('child_process')

execSync('openssl genrsa -out key.pem 1024')

// ---- ssh-keygen-as-a-command.js
// missed
const { spawnSync } = require('child_process')

spawnSync('ssh-keygen', ['-t', 'rsa', '-b', '1024', '-f', 'deploy', '-N', ''])

// ---- noble-curves
// missed
import { p192 } from '@noble/curves/p192'

export const key = p192.utils.randomPrivateKey()

// ---- elliptic-of-old.js
const EC = require('elliptic').ec

module.exports = new EC('p192').genKeyPair() // expect: smallCurve

// ---- sizes-of-certificates-that-suffice.js
const pem = require('pem')
const keypair = require('keypair')
const NodeRSA = require('node-rsa')
const { execSync, spawnSync } = require('child_process')

pem.createPrivateKey(3072, done)
pem.createCertificate({ days: 30, selfSigned: true, keyBitsize: 4096 }, done)
module.exports = [keypair({ bits: 2048 }), new NodeRSA().generateKeyPair(2048, 65537)]
execSync('openssl genrsa -out key.pem 4096')
execSync('openssl genpkey -algorithm ed25519 -out 1024.pem')
spawnSync('ssh-keygen', ['-t', 'ed25519', '-a', '100', '-f', 'deploy'])

// ---- a-bit-size-of-something-else.js
const { createImage } = require('./image')

module.exports = createImage({ bits: 16, size: '1024' })

// ---- a-modern-pair-of-openpgp
import * as openpgp from 'openpgp'

export const pair = await openpgp.generateKey({ type: 'ecc', curve: 'curve25519Legacy', userIDs: [{ name: 'ops' }] })
