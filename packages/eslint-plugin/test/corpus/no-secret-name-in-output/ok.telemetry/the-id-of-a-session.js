export const mark = (span, session) => span.setAttribute('session.id', session.id)
