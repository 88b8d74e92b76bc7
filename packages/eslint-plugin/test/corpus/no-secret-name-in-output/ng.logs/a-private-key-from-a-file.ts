import { readFileSync } from 'node:fs'
const privateKey = readFileSync('key.pem', 'utf8')
console.log('loaded', privateKey)
