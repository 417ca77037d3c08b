/** A view as JSON carries it: every bigint is a decimal string. */
export type Wire<T> =
  T extends bigint ? string
    : T extends string | number | boolean | null | undefined ? T
      : { readonly [Key in keyof T]: Wire<T[Key]> }

export interface WireList<T> {
  readonly items: readonly Wire<T>[]
}
