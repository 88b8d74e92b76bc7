import { writeFile } from 'node:fs/promises'
const TOKEN_PATH = './token.json'
export async function keep(token: { access_token: string }) {
  await writeFile(TOKEN_PATH, JSON.stringify(token))
  console.info(`token stored to ${TOKEN_PATH}`)
}
