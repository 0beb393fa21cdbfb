import { Link, useSidebarOpenState } from '@backstage/core-components';
import { configApiRef, useApi } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';

const useStyles = makeStyles({
  logo: {
    display: 'flex',
    alignItems: 'center',
    height: 96,
    paddingLeft: 24,
    color: '#fff',
    fontWeight: 700,
    fontSize: 20,
    whiteSpace: 'nowrap',
    overflow: 'hidden',
  },
});

/** The portal's title if the sidebar is open, or else the first letter of the title. */
export const PortalLogo = () => {
  const { isOpen } = useSidebarOpenState();
  const title = useApi(configApiRef).getOptionalString('app.title') ?? 'Portal';
  return (
    <Link to="/" underline="none" className={useStyles().logo} aria-label="Home">
      {isOpen ? title : title.charAt(0)}
    </Link>
  );
};
