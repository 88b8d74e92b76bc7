import { writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'puppeteer-core'
import { withChromium } from '../with-chromium.ts'
import { Film } from './film.ts'
import { toTerminalPage } from './terminal-page.ts'
import { startTyped } from './typed-run.ts'

const FILE = fileURLToPath(new URL('../../../../docs/guide/pictures/chaos.gif', import.meta.url))
const FLAGS = ['--chaos=7']
/** In pixels. The terminal has 80 columns. */
const [HEIGHT, TERMINAL_WIDTH, CONSOLE_WIDTH] = [640, 560, 640]
/** The console is laid out for a wider window, and drawn smaller. */
const CONSOLE_SCALE = 0.8
/** The recording shows each frame for less time than passes between two of them: it is faster than the run. */
const [TAKEN_EACH_MS, SHOWN_MS, LAST_SHOWN_MS] = [1_000, 350, 6_000]

/** Records the picture of README: what `npm start -- --chaos` prints, beside the console. */
async function record(browser: Browser): Promise<void> {
  await using run = startTyped(FLAGS)
  const terminal = await browser.newPage()
  await terminal.setViewport({ width: TERMINAL_WIDTH, height: HEIGHT })
  const console = await browser.newPage()
  await console.setViewport({
    width: CONSOLE_WIDTH / CONSOLE_SCALE,
    height: HEIGHT / CONSOLE_SCALE,
    deviceScaleFactor: CONSOLE_SCALE,
  })
  await console.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }])
  await console.goto(await run.consoleUrl, { waitUntil: 'domcontentloaded' })
  const film = new Film({ width: TERMINAL_WIDTH + CONSOLE_WIDTH, height: HEIGHT })
  let shot = await console.screenshot()
  for (let isOver = false; !isOver;) {
    const next = delay(TAKEN_EACH_MS)
    isOver = run.isOver
    await terminal.setContent(toTerminalPage(run.lines))
    const screen = await terminal.screenshot()
    const seen = await console.screenshot()
    // After its report the run ends the console, whose page would show that.
    if (!run.isOver) shot = seen
    await film.add([screen, 0], [shot, TERMINAL_WIDTH])
    await next
  }
  await run.ended
  await writeFile(FILE, await film.toGif(SHOWN_MS, LAST_SHOWN_MS))
}

await withChromium(record)
