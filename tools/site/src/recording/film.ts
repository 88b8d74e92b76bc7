import sharp from 'sharp'

/** Frames of one size, each put together from pictures side by side. */
export class Film {
  readonly #size: { readonly width: number; readonly height: number }
  readonly #frames: { readonly png: Buffer; times: number }[] = []

  /** @param size in pixels */
  constructor(size: { readonly width: number; readonly height: number }) {
    this.#size = size
  }

  /** Adds a frame of PNG pictures and their distances from the left edge. */
  async add(...pictures: readonly (readonly [png: Uint8Array, left: number])[]): Promise<void> {
    const png = await sharp({ create: { ...this.#size, channels: 3, background: 'white' } })
      .composite(pictures.map(([input, left]) => ({ input: Buffer.from(input), left, top: 0 })))
      .removeAlpha()
      .png({ compressionLevel: 1 })
      .toBuffer()
    const last = this.#frames.at(-1)
    if (last?.png.equals(png) === true) last.times += 1
    else this.#frames.push({ png, times: 1 })
  }

  /** Returns an endless GIF that shows each added frame for `shownMs`, the last one for `lastShownMs`. */
  async toGif(shownMs: number, lastShownMs: number): Promise<Buffer> {
    const delays = this.#frames.map(({ times }) => times * shownMs)
    return sharp(
      this.#frames.map(({ png }) => png),
      { join: { animated: true } },
    )
      .gif({ delay: [...delays.slice(0, -1), lastShownMs], colours: 64, dither: 0 })
      .toBuffer()
  }
}
