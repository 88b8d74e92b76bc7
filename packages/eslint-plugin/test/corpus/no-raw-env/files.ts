// ---- a-dotenv-file-read-by-hand
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const lines = readFileSync(join(import.meta.dirname, '.env'), 'utf8').split('\n') // expect: loader

export const values = Object.fromEntries(lines.map((line) => line.split('=')))

// ---- dotenv-config-by-import
import 'dotenv/config' // expect: loader

export const port = 3000

// ---- dotenv-config
import dotenv from 'dotenv' // expect: loader

dotenv.config({ path: '../.env' })

// ---- dotenv-parse
import { readFileSync } from 'node:fs'
import { parse } from 'dotenv' // expect: loader

export const values = parse(readFileSync('.env')) // expect: loader

// ---- dotenv-required.js
require('dotenv').config() // expect: loader

// ---- load-env-file-imported
import { loadEnvFile } from 'node:process' // expect: loader

loadEnvFile()

// ---- load-env-file
process.loadEnvFile('.env.local') // expect: loader

// ---- of-another-process.js
const fs = require('fs')

const parentEnv = fs.readFileSync('/proc/' + process.ppid + '/environ') // expect: loader
module.exports = parentEnv

// ---- parse-env-of-a-namespace
import * as util from 'node:util'

export const parse = (text: string) => util.parseEnv(text).DB_PASSWORD // expect: loader

// ---- parse-env
import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util' // expect: loader

export const { API_KEY } = parseEnv(readFileSync('.env', 'utf8')) // expect: loader

// ---- printenv
import { execFileSync } from 'node:child_process'

export const key = execFileSync('printenv', ['API_KEY'], { encoding: 'utf8' }).trim() // expect: loader

// ---- the-environment-by-process-id
import { readFile } from 'node:fs/promises'

export const environ = () => readFile(`/proc/${process.pid}/environ`, 'utf8') // expect: loader

// ---- the-environment-of-the-process
import { readFileSync } from 'node:fs'

export const variables = readFileSync('/proc/self/environ', 'utf8').split('\0') // expect: loader

// ---- the-shells-env.js
const { execSync } = require('child_process')

module.exports = () => execSync('env').toString() // expect: loader
