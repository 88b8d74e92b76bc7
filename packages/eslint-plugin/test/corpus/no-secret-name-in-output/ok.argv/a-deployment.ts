import { execSync } from 'node:child_process'
const { GITHUB_TOKEN, IMAGE = 'app' } = process.env
if (!GITHUB_TOKEN) throw new Error('GITHUB_TOKEN is not set')
execSync('docker login ghcr.io -u app --password-stdin', { input: GITHUB_TOKEN })
execSync(`docker push ghcr.io/${IMAGE}`, { stdio: 'inherit' })
