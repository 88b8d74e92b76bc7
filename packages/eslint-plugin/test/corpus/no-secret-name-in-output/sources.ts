// ---- all-that-dotenv-has-read.js
import dotenv from 'dotenv'
const { parsed } = dotenv.config()
console.log('settings', parsed) // expect: suspiciousName

// ---- the-error-of-dotenv.js
import dotenv from 'dotenv'
const { parsed } = dotenv.config()
console.log('settings', Object.keys(parsed).length)

// ---- the-answer-to-a-question.js
import { password } from '@inquirer/prompts'
const answer = await password({ message: 'For the backup' })
console.log(`got ${answer}`) // expect: suspiciousName

// ---- the-length-of-an-answer.js
import { password } from '@inquirer/prompts'
const answer = await password({ message: 'For the backup' })
console.log(`got ${answer.length} characters`)

// ---- a-value-of-vault.js
import vault from 'node-vault'
const client = vault()
const found = await client.read('kv/data/frontend')
console.error('read', found.data.data) // expect: suspiciousName

// ---- a-version-of-google.js
import { SecretManagerServiceClient } from '@google-cloud/secret-manager'
const client = new SecretManagerServiceClient()
const [version] = await client.accessSecretVersion({ name: 'projects/p/secrets/s/versions/1' })
console.log(version.payload.data.toString()) // expect: suspiciousName

// ---- a-hash-of-bcrypt.js
import { hash } from 'bcrypt'
console.log(await hash(user.password, 12))
