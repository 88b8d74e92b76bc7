interface State {
  readonly token?: string
  readonly status: string
}

export const initial = (state: State): State => ({ status: 'idle', ...state })
export const done = (state: State): State => ({ ...state, status: 'token' })
