import { execa } from 'execa'
const { NPM_TOKEN } = process.env
await execa('npm', ['publish'], { env: { NPM_TOKEN } })
