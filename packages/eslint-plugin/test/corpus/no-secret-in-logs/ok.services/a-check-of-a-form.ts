import { secret } from '../../secret.ts'
const password = secret.expose()
const problems: string[] = []
if (password.length < 12) problems.push('too short')
if (password.toLowerCase() === password) problems.push('no capital letter')
if (problems.length > 0) console.warn(`${secret.label}: ${problems.join(', ')}`)
