/** A request to Keycloak's admin REST API: method, path below `/admin/realms`, body. */
export type AdminApi = (method: string, path: string, body?: unknown) => Promise<unknown>

/**
 * The admin API as the first administrator sees it. Logs in anew for each request: its tokens last for a minute.
 *
 * The returned function throws an `Error` with the status, unless it is a success.
 */
export function openAdminApi(
  url: string,
  administrator: { readonly username: string; readonly password: string },
): AdminApi {
  return async (method, path, body) => {
    const token = await fetchToken(url, administrator)
    const response = await fetch(`${url}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`Keycloak answered ${method} ${path} with ${response.status}`)
    const text = await response.text()
    return text === '' ? undefined : (JSON.parse(text) as unknown)
  }
}

async function fetchToken(
  url: string,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<string> {
  const response = await fetch(`${url}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'password',
      client_id: 'admin-cli',
      username,
      password,
    }),
  })
  if (!response.ok) throw new Error(`Keycloak refused its administrator with ${response.status}`)
  return ((await response.json()) as { access_token: string }).access_token
}
