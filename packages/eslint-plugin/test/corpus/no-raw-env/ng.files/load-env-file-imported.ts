import { loadEnvFile } from 'node:process'

loadEnvFile()
