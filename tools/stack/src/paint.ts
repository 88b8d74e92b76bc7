import { styleText } from 'node:util'

/** The styles of the screens: what goes on, what is done, what is broken on purpose, and what failed. */
export type Style = 'dim' | 'green' | 'yellow' | 'red'

/** Gives a text a style, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string

/** Leaves each text as it is. */
export const plain: Paint = (_style, text) => text

/**
 * Creates what paints for a stream: on a terminal with colours, unless `NO_COLOR` is set; with `FORCE_COLOR` elsewhere too
 * (https://no-color.org, https://force-color.org).
 */
export function createPaint(stream: NodeJS.WriteStream): Paint {
  return (style, text) => styleText(style, text, { stream })
}
