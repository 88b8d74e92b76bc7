declare const container: { expose(port: number): void }
container.expose(5432)
