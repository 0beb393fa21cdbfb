/*
 * Ends the requests that wait for events when the backend stops. Has no runtime imports, so that plain Node can test it.
 *
 * A plugin of this or another pod asks for its next events, and the answer stays open until there are some, for up to
 * 55 seconds. Until then, the HTTP server does not close, and Kubernetes kills the pod at the end of its grace period.
 * Source: plugin-events-backend 0.6.6, service/hub/createEventBusRouter
 */

const EVENT_POLL = /^\/api\/events\/bus\/v1\/subscriptions\/[^/]+\/events$/;

interface Lifecycle {
  addShutdownHook(hook: () => void): void;
}

interface Request {
  path: string;
}

interface Response {
  statusCode: number;
  end(): unknown;
  once(event: 'close', listener: () => void): unknown;
}

/** A handler for all requests. It has to come before the one that answers them. */
export function endEventPolls(lifecycle: Lifecycle) {
  const open = new Set<Response>();
  let stopping = false;
  lifecycle.addShutdownHook(() => {
    stopping = true;
    // Whoever asked gets an answer without events, and asks again. By then, that is another pod.
    open.forEach(response => response.end());
  });
  return (request: Request, response: Response, next: () => void) => {
    if (!EVENT_POLL.test(request.path)) {
      next();
    } else if (stopping) {
      response.statusCode = 503;
      response.end();
    } else {
      open.add(response);
      response.once('close', () => open.delete(response));
      next();
    }
  };
}
