import { InfoCard, Link } from '@backstage/core-components';
import { configApiRef, useApi, useRouteRef } from '@backstage/frontend-plugin-api';
import List from '@material-ui/core/List';
import ListItem from '@material-ui/core/ListItem';
import ListItemText from '@material-ui/core/ListItemText';
import { connectionsRouteRef } from './routes';
import { waitingConnections } from './waiting';

// By default, Backstage's theme cuts off long texts in a list.
const wrapped = { style: { whiteSpace: 'normal' } } as const;

/** The services that are not connected yet, each with a link to the steps that connect it. */
export const ConnectionsCard = () => {
  const waiting = waitingConnections(useApi(configApiRef));
  const page = useRouteRef(connectionsRouteRef)?.() ?? '/connections';
  return (
    <InfoCard title="Ready to connect" subheader="Installed here, waiting for an account">
      <List dense disablePadding>
        {waiting.map(({ plugin, service, summary }) => (
          <ListItem key={plugin} disableGutters>
            <ListItemText
              primary={<Link to={`${page}#${plugin}`}>{service}</Link>}
              secondary={summary}
              secondaryTypographyProps={wrapped}
            />
          </ListItem>
        ))}
      </List>
    </InfoCard>
  );
};
