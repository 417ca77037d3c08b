/** As much of `fetch` as the client uses: the browser's, Node's and undici's all fit. */
export type FetchLike = (url: string, init: FetchLikeInit) => Promise<FetchLikeResponse>

export interface FetchLikeInit {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: string
  readonly signal: AbortSignal
}

export interface FetchLikeResponse {
  readonly ok: boolean
  readonly status: number
  readonly headers: { get(name: string): string | null }
  text(): Promise<string>
  readonly body: { getReader(): BodyReader } | null
}

export interface BodyReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
  cancel(): Promise<void>
}
