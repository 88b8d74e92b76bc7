declare function defineRoute(route: { name: string }): void
defineRoute({ name: 'signing' })
