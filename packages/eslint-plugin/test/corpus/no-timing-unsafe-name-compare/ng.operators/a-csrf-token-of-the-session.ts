export function checkCsrf(req: { body: { _csrf?: string }; session: { csrfToken: string } }) {
  if (req.body._csrf !== req.session.csrfToken) throw new Error('bad csrf token')
}
