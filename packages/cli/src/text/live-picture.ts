import type { TextOutput } from '../host.js'

export interface LivePicture {
  /** Shown if it differs from the one before. */
  show(picture: string): Promise<void>
  /** What stands there stays: something else was written below it. */
  keep(): void
}

export interface LivePictureOptions {
  /** Between two pictures, where none is drawn over. Default: nothing. */
  readonly separator?: string
  /** What of a picture has to differ where none is drawn over. Default: all but ages, such as `5s`. */
  readonly essence?: (picture: string) => string
}

/** A text that changes. On a terminal each picture takes the place of the one before it; elsewhere one follows the other. */
export function livePicture(out: TextOutput, { separator = '', essence = withoutAges }: LivePictureOptions = {}): LivePicture {
  const terminal = out.width !== undefined
  let shown: string | undefined
  let begun = false
  let linesToReplace = 0
  return {
    async show(picture) {
      const key = terminal ? picture : essence(picture)
      if (key === shown) return
      // Up over the picture of before, and away with it.
      const before = linesToReplace > 0 ? `\u001B[${String(linesToReplace)}A\u001B[J` : begun ? separator : ''
      shown = key
      begun = true
      linesToReplace = terminal ? picture.split('\n').length - 1 : 0
      await out.write(before + picture)
    },
    keep() {
      shown = undefined
      linesToReplace = 0
    },
  }
}

function withoutAges(picture: string): string {
  return picture.replace(/\b\d+(s|m|h|d)\b/g, '')
}
