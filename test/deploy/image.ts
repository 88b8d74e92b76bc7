import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** The folder with everything that an operator installs. */
export const DEPLOY = fileURLToPath(new URL('../../deploy', import.meta.url))

/** The account that the image, the chart and Compose run as. */
export const UID = 65_532

/** One stage of a Dockerfile: what it starts from, and its instructions with continued lines joined. */
export interface Stage {
  readonly from: string
  readonly instructions: readonly string[]
}

/** Reads the stages of the Dockerfile, and what stands before the first. */
export async function readDockerfile(): Promise<{ head: string[]; stages: Stage[] }> {
  const text = await readFile(`${DEPLOY}/Dockerfile`, 'utf8')
  const lines = text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  const head: string[] = []
  const stages: { from: string; instructions: string[] }[] = []
  for (const line of lines) {
    if (line.startsWith('FROM ')) stages.push({ from: line.slice(5), instructions: [] })
    else (stages.at(-1)?.instructions ?? head).push(line)
  }
  return { head, stages }
}
