import { secret } from '../../secret.ts'
import { execSync } from 'node:child_process'
const token = secret.expose().trim()
execSync(`echo ${token} | docker login --username app --password-stdin`, { stdio: 'pipe' })
