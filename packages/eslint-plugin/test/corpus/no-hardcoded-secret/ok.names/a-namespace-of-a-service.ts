export const AccessToken = ['com.amazonaws.ssooidc', 'access_token', 8] as const
