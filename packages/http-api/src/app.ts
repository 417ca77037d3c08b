import { PiccoloError } from '@piccolo/core/spi'
import { Hono } from 'hono'
import { problemFor } from './answers/problem-for.js'
import { problemResponse } from './answers/problem.js'
import { authenticate } from './requests/authenticate.js'
import { logRequests } from './requests/log-requests.js'
import { artifactRoutes, pullpiriRoutes } from './routes/artifacts.js'
import { eventRoutes } from './routes/events.js'
import { nodeRoutes } from './routes/nodes.js'
import { changeRoutes, logRoutes } from './routes/streams.js'
import { signalRoutes } from './routes/signals.js'
import { tokenRoutes } from './routes/tokens.js'
import { viewRoutes } from './routes/views.js'
import type { ApiEnvironment, ApiScope } from './scope.js'

/** Every route of the API. Authentication comes before routing: an outsider does not even learn what exists. */
export function apiApp(scope: ApiScope) {
  const app = new Hono<ApiEnvironment>()
    .use(logRequests(scope))
    .use(authenticate(scope))
    .route('/api/v1/artifacts', artifactRoutes(scope))
    .route('/api/v1/events', eventRoutes(scope))
    .route('/api/v1/workloads', logRoutes(scope))
    .route('/api/v1/changes', changeRoutes(scope))
    .route('/api/v1/signals', signalRoutes(scope))
    .route('/api/v1/tokens', tokenRoutes(scope))
    .route('/api/v1/nodes', nodeRoutes(scope))
    .route('/api/v1', viewRoutes(scope))
    .route('/api/artifact', pullpiriRoutes(scope))
  app.notFound((context) => {
    throw new PiccoloError('not-found', `There is no ${context.req.method} ${context.req.path} here. The API stands under /api/v1.`)
  })
  app.onError((error, context) => problemResponse(problemFor(scope.logger, error, context.get('requestId'))))
  return app
}
