import forge from 'node-forge'

export const pair = forge.pki.rsa.generateKeyPair({ bits: 1024 })
