/** Images that every board has. */
export const presentImages = ['app:1', 'app:2'] as const

/** Images that have to be fetched. */
export const pulledImages = ['registry/app:1', 'registry/app:2', 'registry/app:3', 'registry/app:4'] as const

/** What a pull usually takes, in ms. */
export const pullMs = 3_000
